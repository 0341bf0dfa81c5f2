"""What several benchmarks share: question sets, fitted models, replayed vectors, LlamaIndex recipes; imports no script."""
