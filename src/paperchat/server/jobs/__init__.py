"""Jobs: work that goes on after its request, on whichever server of a library takes it; imported by `server`."""
