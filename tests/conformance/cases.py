"""One case for each recurrent layer: how to make it and what to feed it."""

from tfrnn.layers import (
    CRF,
    GRU,
    LSTM,
    AttentionPooling,
    BahdanauAttention,
    Bidirectional,
    CharacterCNN,
    DotAttention,
    HardAttention,
    LayerNormLSTM,
    LuongAttention,
    MaxPooling,
    MeanPooling,
    PairEmbedding,
    PeepholeLSTM,
    ResetBeforeGRU,
    SimpleRNN,
    Stacked,
    SubwordEmbedding,
    WeightDrop,
    WordDropout,
    Zoneout,
)

FEATURES = 4
UNITS = 5  # of the outputs of every case

# Each value makes a fresh layer of a dtype policy; a test fails when a public layer is missing.
STEPPABLE = {
    "GRU": lambda dtype: GRU(UNITS, dtype=dtype),
    "LSTM": lambda dtype: LSTM(UNITS, dtype=dtype),
    "LayerNormLSTM": lambda dtype: LayerNormLSTM(UNITS, dtype=dtype),
    "PeepholeLSTM": lambda dtype: PeepholeLSTM(UNITS, dtype=dtype),
    "ResetBeforeGRU": lambda dtype: ResetBeforeGRU(UNITS, dtype=dtype),
    "SimpleRNN": lambda dtype: SimpleRNN(UNITS, dtype=dtype),
    "Stacked": lambda dtype: Stacked([LSTM(6, dtype=dtype), GRU(UNITS, dtype=dtype)], dropout=0.5),
    "WeightDrop": lambda dtype: WeightDrop(LSTM(UNITS, dtype=dtype), rate=0.5),
    "Zoneout": lambda dtype: Zoneout(LSTM(UNITS, dtype=dtype), hidden=0.1, cell=0.3),
}
WHOLE_SEQUENCE = {  # what needs the end of the sequence for its first output
    "Bidirectional": lambda dtype: Bidirectional(LSTM(3, dtype=dtype), GRU(2, dtype=dtype)),
}
DROPPING = {  # layers of STEPPABLE with the dropout that they may have
    "GRU that drops": lambda dtype: GRU(UNITS, dropout=0.3, recurrent_dropout=0.3, dtype=dtype),
    "LSTM that drops": lambda dtype: LSTM(UNITS, dropout=0.3, recurrent_dropout=0.3, dtype=dtype),
    "SimpleRNN that drops": lambda dtype: SimpleRNN(
        UNITS, dropout=0.3, recurrent_dropout=0.3, dtype=dtype
    ),
}
CASES = STEPPABLE | WHOLE_SEQUENCE
OTHERS = {  # layers that carry no state along the time axis
    "AttentionPooling": lambda dtype: AttentionPooling(3, dtype=dtype),
    "BahdanauAttention": lambda dtype: BahdanauAttention(3, dtype=dtype),
    "CRF": lambda dtype: CRF(dtype=dtype),
    "CharacterCNN": lambda dtype: CharacterCNN(UNITS, embed=3, window=3, dtype=dtype),
    "DotAttention": lambda dtype: DotAttention(dtype=dtype),
    "HardAttention": lambda dtype: HardAttention(3, dtype=dtype),
    "LuongAttention": lambda dtype: LuongAttention(dtype=dtype),
    "MaxPooling": lambda dtype: MaxPooling(dtype=dtype),
    "MeanPooling": lambda dtype: MeanPooling(dtype=dtype),
    "PairEmbedding": lambda dtype: PairEmbedding(UNITS, buckets=99, dtype=dtype),
    "SubwordEmbedding": lambda dtype: SubwordEmbedding(UNITS, buckets=99, dtype=dtype),
    "WordDropout": lambda dtype: WordDropout(0.5, dtype=dtype),
}
