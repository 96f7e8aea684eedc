"""How a call travels: layers round one handler, the transport innermost."""
