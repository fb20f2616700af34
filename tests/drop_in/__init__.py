"""The drop-in layers: as Keras' in every way but the time they take."""
