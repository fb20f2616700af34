"""Ids that stand for no piece, for models that write pieces of words, words or characters."""

PAD, UNKNOWN, START, END = 0, 1, 2, 3  # as `tfrnn.data.subwords` has them
RESERVED = 4  # so many ids are no piece
NOTHING = (PAD, UNKNOWN, START)  # those that are never written
