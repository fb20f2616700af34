"""What the scripts at the top share: options, exit codes, a quiet TensorFlow."""
