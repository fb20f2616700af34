"""Looking inside recurrent layers: how far gradients reach, what gates and cells do over a text."""
