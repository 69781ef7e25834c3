"""What kinds of task that write text share: conversations, exact masks, the network and its loss."""
