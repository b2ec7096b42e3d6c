"""What torch.optim's AdamW and SGD do at their defaults, without decay; a test lets them do it again."""

from __future__ import annotations

ADAMW = {
    "small_constant": 1.0,
    "large_constant": 1.0,
    "oscillating": 0.05693,
    "noise_strong": 0.07473,
    "noise_even": 0.711,
    "noise_weak": 0.9981,
    "spike": 0.5863,
    "sparse_coordinate": 3.296,
    "vanishing_noise": 1.212,
    "thousandfold": 1.0,
    "first_step": 1.0,
    "twentieth_step": 1.0,
}
SGD = {
    "small_constant": 0.001001,
    "large_constant": 10.0,
    "oscillating": 1.0,
    "noise_strong": 0.01187,
    "noise_even": 0.1019,
    "noise_weak": 1.002,
    "spike": 100.0,
    "sparse_coordinate": 1.0,
    "vanishing_noise": 0.9619,
    "thousandfold": 1000.0,
    "first_step": 1.0,
    "twentieth_step": 1.0,
}
