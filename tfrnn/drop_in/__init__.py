"""Keras' recurrent layers under their own names, with fused unrolls: change one import.

    from tfrnn.drop_in import GRU, LSTM, Bidirectional, SimpleRNN   # for keras.layers

`Bidirectional` is Keras' own, which takes these layers as it takes Keras'.
"""

from keras.layers import Bidirectional

from tfrnn.drop_in.convert import from_keras, to_keras
from tfrnn.drop_in.gru import GRU
from tfrnn.drop_in.lstm import LSTM
from tfrnn.drop_in.simple_rnn import SimpleRNN

__all__ = ["GRU", "LSTM", "Bidirectional", "SimpleRNN", "from_keras", "to_keras"]
