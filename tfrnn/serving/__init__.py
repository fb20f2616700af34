"""Exported models over HTTP: TensorFlow Serving's REST shape, batches, streams and a page."""
