"""The recurrent model zoo for TensorFlow and Keras 3; importing this package loads nothing."""
