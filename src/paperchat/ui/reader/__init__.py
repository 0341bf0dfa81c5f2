"""What a reader does in the window: saves, votes, marks, follows and keeps questions, each of the visitor who asks."""
