"""What the scripts do for each kind of model: options, use and evaluation."""
