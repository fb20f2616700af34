"""Speed, side by side: each benchmark measures ours and the others' in one run."""
