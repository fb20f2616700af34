"""The entries of the zoo, by what their models read and say."""
