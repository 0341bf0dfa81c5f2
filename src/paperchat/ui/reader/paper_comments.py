"""The comments on a paper in the source panel: who may write and delete them, and how they are shown."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from markupsafe import Markup

from paperchat.access.permissions import Permissions
from paperchat.storage.readers.community import MAX_COMMENT_LENGTH
from paperchat.ui.components import render

if TYPE_CHECKING:
    from paperchat.assistant import PaperChat


class CommentSection:
    """Writes, deletes and renders comments; every call says which visitor asks."""

    def __init__(self, pc: PaperChat, permissions: Permissions) -> None:
        self._pc = pc
        self._permissions = permissions

    def write(self, visitor: str, paper_id: str, text: str) -> None:
        """Store a comment of the visitor's.

        Raises:
            NotPermittedError: the visitor may not.
            NotFoundError: the paper is not in the library.
            UsageError: the comment is blank or too long, or there are too many.
        """
        self._permissions.require_comment(visitor)
        self._pc.library.comments.add(self._pc.library.paper(paper_id).paper_id, text, author=visitor)

    def delete(self, visitor: str, comment_id: str) -> str:
        """Delete a comment that is the visitor's own, or as an admin; return its paper's id.

        Raises:
            NotPermittedError: the visitor may not.
            NotFoundError: there is no such comment.
        """
        self._permissions.require_comment(visitor)
        comment = self._pc.library.comments.get(comment_id)
        self._permissions.require_deletion(visitor, comment.author)
        self._pc.library.comments.delete(comment)
        return comment.paper_id

    def html(self, visitor: str, paper_id: str) -> Markup:
        """Render the comments on a paper; nothing where nobody has a name.

        Raises:
            NotFoundError: the paper is not in the library.
        """
        if not self._permissions.has_people:
            return Markup()
        current = self._pc.library.paper(paper_id).paper_id
        may_comment = self._permissions.may_comment(visitor)
        may_moderate = may_comment and self._permissions.role_of(visitor).may_remove
        return render(
            "comments.html",
            paper_id=current,
            comments=[
                {
                    "id": one.comment_id,
                    "author": self._permissions.name_of(one.author),
                    "text": one.text,
                    "day": f"{datetime.fromisoformat(one.written):%d %B %Y}".lstrip("0"),
                    "is_deletable": may_moderate or (may_comment and one.author == visitor),
                }
                for one in self._pc.library.comments.all(current)
            ],
            may_comment=may_comment,
            longest=MAX_COMMENT_LENGTH,
        )
