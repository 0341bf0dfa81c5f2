"""The reader's network, its batches and metrics, and quantisation to 8 bits; needs PyTorch."""
