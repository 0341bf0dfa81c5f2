from paperchat.text.tokens import count_tokens


def test_tokens_are_counted_without_a_download() -> None:
    # Sockets other than loopback are blocked while tests run, and tiktoken would fetch its encoding.
    assert count_tokens("") == 0
    assert count_tokens("hello world") == 2


def test_special_tokens_in_a_paper_are_plain_text() -> None:
    assert count_tokens("<|endoftext|>") > 1
