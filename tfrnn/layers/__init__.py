"""Recurrent layers, attention and memory: every public name of the floor."""

from tfrnn.layers.gru import GRU, GRUState
from tfrnn.layers.lstm import LSTM, LSTMState
from tfrnn.layers.recurrent import Recurrent, scan
from tfrnn.layers.simple_rnn import SimpleRNN, SimpleRNNState
from tfrnn.layers.stacked import Stacked

__all__ = [
    "GRU",
    "LSTM",
    "GRUState",
    "LSTMState",
    "Recurrent",
    "SimpleRNN",
    "SimpleRNNState",
    "Stacked",
    "scan",
]
