"""Which tokens a chat model learns: each template against a mask marked by hand, ⟦ and ⟧ around what is learnt."""

from __future__ import annotations

from itertools import groupby

import pytest

from kit.tasks.lm.chat import ChatTemplate, Mismatch, read_messages, read_tools
from kit.tasks.lm.spans import Tokens, tokenize_all
from tests.tiny_lm import chat, tiny_tokenizer

TOOLS = [{"type": "function", "function": {"name": "find", "parameters": {"type": "object"}}}]
CALL = {"type": "function", "function": {"name": "find", "arguments": {"id": 7}}}
TOOL_CHAT = [
    {"role": "user", "content": "Where is it?"}, {"role": "assistant", "content": "", "tool_calls": [CALL]},
    {"role": "tool", "content": "on its way"}, {"role": "assistant", "content": "It is coming."},
]  # fmt: skip
TWO_TURNS = chat("Hi", "Hello 你好", "Late?", "Sorry.")


def marked(tokenizer, tokens: Tokens) -> str:
    """The text as the model reads it, with what it learns in brackets."""
    text = ""
    for is_learnt, group in groupby(zip(tokens.ids, tokens.learnt), key=lambda pair: pair[1]):
        piece = tokenizer.decode([token for token, _ in group], skip_special_tokens=False)
        text += f"⟦{piece}⟧" if is_learnt else piece
    return text


def mask_of(template: str, messages, tools=None, train_on="all") -> str:
    tokenizer = tiny_tokenizer(template)
    [tokens] = tokenize_all(tokenizer, [ChatTemplate(tokenizer, train_on).mark(messages, tools)])
    assert isinstance(tokens, Tokens), tokens
    own = tokenizer.apply_chat_template(messages, tools=tools, return_dict=True)["input_ids"]
    assert tokens.ids == own  # what the tokenizer itself makes of the chat
    return marked(tokenizer, tokens)


@pytest.mark.parametrize(("template", "messages", "tools", "expected"), [
    ("chatml", TWO_TURNS, None,
     "<|im_start|>system\nBe kind.<|im_end|>\n<|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\n"
     "⟦Hello 你好<|im_end|>⟧\n<|im_start|>user\nLate?<|im_end|>\n<|im_start|>assistant\n⟦Sorry.<|im_end|>⟧\n"),
    ("chatml", chat("Hi", "Hello", system="Short."), None,
     "<|im_start|>system\nShort.<|im_end|>\n<|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\n⟦Hello<|im_end|>⟧\n"),
    ("chatml", TOOL_CHAT, TOOLS,
     "<|im_start|>system\nBe kind.<|im_end|>\n<|im_start|>tools\n"
     '[{"type": "function", "function": {"name": "find", "parameters": {"type": "object"}}}]<|im_end|>\n'
     "<|im_start|>user\nWhere is it?<|im_end|>\n<|im_start|>assistant\n"
     '⟦<call>{"name": "find", "arguments": {"id": 7}}</call><|im_end|>⟧\n'
     "<|im_start|>tool\non its way<|im_end|>\n<|im_start|>assistant\n⟦It is coming.<|im_end|>⟧\n"),
    ("marked", TWO_TURNS, None,
     "<|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\n⟦Hello 你好<|im_end|>⟧\n"
     "<|im_start|>user\nLate?<|im_end|>\n<|im_start|>assistant\n⟦Sorry.<|im_end|>⟧\n"),
    ("trimming", chat("  Hi ", " Hello\n ", "Late?", "Sorry. ", system=" Short. "), None,
     "<s><|head|>system<|/head|>\n\nShort.<|eot|><|head|>user<|/head|>\n\nHi<|eot|><|head|>assistant<|/head|>\n\n"
     "⟦Hello<|eot|>⟧<|head|>user<|/head|>\n\nLate?<|eot|><|head|>assistant<|/head|>\n\n⟦Sorry.<|eot|>⟧"),
    ("brackets", TWO_TURNS, None,
     "<s>[INST] Hi [/INST]⟦ Hello 你好</s>⟧[INST] Late? [/INST]⟦ Sorry.</s>⟧"),
    ("merging", chat("Hi", "Hello", "Late?", " Sorry. ", system="Short."), None,
     "<s><turn>user\nShort.\n\nHi</turn>\n<turn>model\n⟦Hello</turn>⟧\n<turn>user\nLate?</turn>\n<turn>model\n"
     "⟦Sorry.</turn>⟧\n"),
    ("words", chat("Hi", "Hello", "Late?", "Sorry."), None, "Q: Hi\nA:⟦ Hello\n⟧Q: Late?\nA:⟦ Sorry.\n⟧"),
])  # fmt: skip
def test_a_template_is_masked_as_a_person_would(template, messages, tools, expected):
    assert mask_of(template, messages, tools) == expected


def test_the_last_answer_alone_can_be_learnt():
    assert mask_of("chatml", TWO_TURNS, train_on="last").count("⟦") == 1
    assert mask_of("marked", TWO_TURNS, train_on="last").endswith("⟦Sorry.<|im_end|>⟧\n")


def test_a_template_that_rewrites_earlier_answers_is_refused_and_learnt_by_its_last_answer():
    messages = chat("Hi", "<think>who?</think>Hello", "Late?", "<think>yes</think>Sorry.")
    with pytest.raises(Mismatch, match=r"once the conversation goes on; set options\.train_on=last"):
        ChatTemplate(tiny_tokenizer("forgetful"), "all").mark(messages)
    assert mask_of("forgetful", messages, train_on="last").endswith("assistant\n⟦<think>yes</think>Sorry.<|im_end|>⟧\n")


def test_a_refusal_of_the_template_itself_is_passed_on():
    tokenizer = tiny_tokenizer("chatml")
    tokenizer.chat_template = "{{ raise_exception('roles must alternate') }}"
    with pytest.raises(Mismatch, match="roles must alternate"):
        ChatTemplate(tokenizer, "all").mark(chat("Hi", "Hello"))


def test_a_conversation_without_an_answer_at_its_end_is_refused():
    with pytest.raises(Mismatch, match="ends with the role 'user'"):
        ChatTemplate(tiny_tokenizer("chatml"), "all").mark(chat("Hi", "Hello", "Again?"))


def test_the_question_reads_as_it_will_be_asked():
    tokenizer = tiny_tokenizer("chatml")
    template = ChatTemplate(tokenizer, "all")
    [tokens] = tokenize_all(tokenizer, [template.mark(TWO_TURNS)])
    asked = tokenizer.apply_chat_template(TWO_TURNS[:-1], add_generation_prompt=True, return_dict=True)["input_ids"]
    assert tokens.ids[: tokens.asked] == asked


@pytest.mark.parametrize("template", ["chatml", "marked", "trimming", "brackets", "merging"])
def test_the_end_mark_is_found(template):
    marks = {"chatml": "<|im_end|>", "marked": "<|im_end|>", "trimming": "<|eot|>", "brackets": "</s>",
             "merging": "</turn>"}  # fmt: skip
    assert ChatTemplate(tiny_tokenizer(template), "all").end_mark == marks[template]
    assert ChatTemplate(tiny_tokenizer("words"), "all").end_mark is None


def test_a_token_over_the_edge_of_an_answer_is_cut_in_two_or_refused():
    """Where the tokenizer joins the end of the question and the start of the answer, both are tokenized apart."""
    from tokenizers import Tokenizer, models, pre_tokenizers
    from transformers import PreTrainedTokenizerFast

    from kit.tasks.lm.chat import Rendered

    words = {token: i for i, token in enumerate(["<unk>", "a", "b", "=", "=b", "c"])}
    merges = [("=", "b")]
    joined = Tokenizer(models.BPE(vocab=words, merges=merges, unk_token="<unk>"))
    joined.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    fast = PreTrainedTokenizerFast(tokenizer_object=joined, unk_token="<unk>")
    whole = fast("a=bc", add_special_tokens=False)["input_ids"]
    assert words["=b"] in whole
    [tokens] = tokenize_all(fast, [Rendered("a=bc", ((2, 4),), 2)])
    assert isinstance(tokens, Tokens)
    assert (tokens.ids, tokens.learnt, tokens.asked) == ([1, 3, 2, 5], [0, 0, 1, 1], 2)
    shouting = Tokenizer(models.WordLevel(vocab={"<unk>": 0, "ab": 1}, unk_token="<unk>"))
    [refused] = tokenize_all(
        PreTrainedTokenizerFast(tokenizer_object=shouting, unk_token="<unk>"), [Rendered("ab", ((1, 2),), 1)]
    )
    assert isinstance(refused, Mismatch) and "joins the end of a question" in str(refused)


@pytest.mark.parametrize(("value", "fault"), [
    ("hello", "not a JSON list"), ([], "no list of messages"), ([["user", "hi"]], "holds a list where a message"),
    ([{"role": "wizard", "content": "x"}], "role 'wizard'"), ([{"role": "user"}], "without content"),
    ([{"role": "user", "content": 7}], "content that is int"),
    ([{"role": "user", "content": [{"type": "image"}]}], "content that is not text"),
    ([{"role": "assistant", "tool_calls": [{"function": {"name": "f", "arguments": "{"}}]}], "no JSON"),
])  # fmt: skip
def test_broken_messages_say_what_is_wrong(value, fault):
    with pytest.raises(ValueError, match=fault):
        read_messages(value)


def test_messages_of_other_tools_are_understood():
    assert read_messages('[{"from": "human", "value": "Hi"}, {"from": "gpt", "value": "Yo"}]') == chat("Hi", "Yo")
    parts = [{"role": "user", "content": [{"type": "text", "text": "a"}, {"type": "text", "text": "b"}], "name": None}]
    assert read_messages(parts) == chat("ab")
    call = {"id": "1", "type": "function", "function": {"name": "find", "arguments": '{"id": 7, "x": null}'}}
    [message] = read_messages([{"role": "assistant", "content": None, "tool_calls": [call]}])
    assert message["tool_calls"][0]["function"] == {"name": "find", "arguments": {"id": 7, "x": None}}
    assert read_tools('[{"name": "find", "parameters": {"a": null}}]') == [{"name": "find", "parameters": {}}]
    assert read_tools("") is None
