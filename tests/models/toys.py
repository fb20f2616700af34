"""A character model with lively random weights, small enough to compile in a moment."""

import keras
import tensorflow as tf

from models.char_rnn import CharRNN
from models.configs import CharRNNConfig
from tfrnn.data.batch import Batch
from tfrnn.data.vocabulary import Vocabulary

VOCABULARY = Vocabulary.of(["abcdefg |\n"])
VOCAB = len(VOCABULARY)
SIZES = CharRNNConfig(units=8, layers=2, embed=4, dropout=0.5)


def char_rnn(sizes=SIZES, *, vocab=VOCAB, seed=0, **kwargs):
    keras.utils.set_random_seed(seed)
    model = CharRNN(sizes, vocab=vocab, **kwargs)
    model.build()
    return model


def lively(model, *, rarer_end=1.0):
    """Makes the guesses of an untrained model differ much, so that no two ways agree by chance."""
    for i, weight in enumerate(model.weights):
        noise = tf.random.stateless_normal(weight.shape, [i, 5])
        weight.assign(2 * weight + 0.2 * noise)
    bias = model.logits.bias
    bias.assign(bias - rarer_end * tf.one_hot(0, VOCAB))
    return model


def batch_of(document):
    """One document as a batch: all of it to be learnt, its end too."""
    ids = tf.concat([[0], VOCABULARY.encode(document), [0]], 0)[None]
    return Batch({"ids": ids[:, :-1]}, ids[:, 1:], tf.ones([1, len(document) + 1]))
