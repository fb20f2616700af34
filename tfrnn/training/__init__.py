"""The loop, its losses and schedules, and checkpoints that survive a kill."""
