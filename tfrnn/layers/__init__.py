"""Recurrent layers, attention and memory: every public name of the floor."""

from tfrnn.kernels.rows import take_rows
from tfrnn.layers.attending import unroll_attending
from tfrnn.layers.attention import (
    Attention,
    BahdanauAttention,
    DotAttention,
    LuongAttention,
    Memory,
)
from tfrnn.layers.bidirectional import Bidirectional, BidirectionalState
from tfrnn.layers.characters import CharacterCNN
from tfrnn.layers.crf import CRF, Chain, Independent
from tfrnn.layers.dense import Dense
from tfrnn.layers.gru import GRU, GRUState
from tfrnn.layers.hard_attention import Glimpse, HardAttention
from tfrnn.layers.layer_norm_lstm import LayerNormLSTM
from tfrnn.layers.lstm import LSTM, LSTMState
from tfrnn.layers.pairs import PairEmbedding
from tfrnn.layers.peephole_lstm import PeepholeLSTM
from tfrnn.layers.picture_cnn import PictureCNN
from tfrnn.layers.picture_jitter import PictureJitter
from tfrnn.layers.pooling import AttentionPooling, MaxPooling, MeanPooling
from tfrnn.layers.recurrent import Recurrent, scan
from tfrnn.layers.reset_before_gru import ResetBeforeGRU
from tfrnn.layers.simple_rnn import SimpleRNN, SimpleRNNState
from tfrnn.layers.stacked import Stacked
from tfrnn.layers.subwords import SubwordEmbedding
from tfrnn.layers.unknowns import WordDropout
from tfrnn.layers.weight_drop import WeightDrop
from tfrnn.layers.zoneout import Zoneout

__all__ = [
    "CRF",
    "GRU",
    "LSTM",
    "Attention",
    "AttentionPooling",
    "BahdanauAttention",
    "Bidirectional",
    "BidirectionalState",
    "Chain",
    "CharacterCNN",
    "Dense",
    "DotAttention",
    "GRUState",
    "Glimpse",
    "HardAttention",
    "Independent",
    "LSTMState",
    "LayerNormLSTM",
    "LuongAttention",
    "MaxPooling",
    "MeanPooling",
    "Memory",
    "PairEmbedding",
    "PeepholeLSTM",
    "PictureCNN",
    "PictureJitter",
    "Recurrent",
    "ResetBeforeGRU",
    "SimpleRNN",
    "SimpleRNNState",
    "Stacked",
    "SubwordEmbedding",
    "WeightDrop",
    "WordDropout",
    "Zoneout",
    "scan",
    "take_rows",
    "unroll_attending",
]
