"""One case for each recurrent layer: how to make it and what to feed it."""

from tfrnn.layers import GRU, LSTM, SimpleRNN, Stacked

FEATURES = 4
UNITS = 5  # of the outputs of every case

# Each value makes a fresh layer of a dtype policy; a test fails when a public layer is missing.
CASES = {
    "GRU": lambda dtype: GRU(UNITS, dtype=dtype),
    "LSTM": lambda dtype: LSTM(UNITS, dtype=dtype),
    "SimpleRNN": lambda dtype: SimpleRNN(UNITS, dtype=dtype),
    "Stacked": lambda dtype: Stacked([LSTM(6, dtype=dtype), GRU(UNITS, dtype=dtype)], dropout=0.5),
}
