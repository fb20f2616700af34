"""One decoding engine for every model that generates."""
