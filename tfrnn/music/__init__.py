"""ABC notation: parse it, validate it, constrain it, render it, compare it."""
