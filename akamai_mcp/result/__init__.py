"""What comes back: a response -> decoded body -> the answer that an agent reads."""
