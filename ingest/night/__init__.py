"""What runs by itself: a night, step by step, and a drill."""
