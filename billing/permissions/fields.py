"""The guards that stand in front of fields: `extensions=[requires(Permission.…)]`.

A guarded field is nullable. Without the right it answers null, and the operation carries one error for it, at the
path of its first occurrence, however many objects of a list it was asked on.
"""

from collections.abc import Awaitable, Callable
from typing import Any, ClassVar, Protocol

from graphql import OperationType
from strawberry.permission import BasePermission, PermissionExtension
from strawberry.types import Info

from billing.domain.errors import Forbidden
from billing.permissions.grants import Permission, Scope
from billing.permissions.viewer import Viewer


class GuardedContext(Protocol):
    """What a guard needs of the context: the viewer, the fields already refused, and how a refusal is put on record."""

    viewer: Viewer
    refused_fields: set[tuple[str, ...]]

    async def refuse(self, mutation: str) -> None: ...


class Granted(BasePermission):
    """The viewer's role has the permission on some rows; the service or the statement narrows it to theirs."""

    permission: ClassVar[Permission]
    message = "Your role does not allow this."

    def has_permission(self, source: Any, info: Info[GuardedContext, Any], **kwargs: Any) -> bool:
        return info.context.viewer.may(self.permission)

    @classmethod
    def passes_all(cls, viewer: Viewer) -> bool:
        return viewer.may(cls.permission)


class GrantedToProvider(Granted):
    """The permission holds on this object, whose `provider_division_id` says which division provides it."""

    def has_permission(self, source: Any, info: Info[GuardedContext, Any], **kwargs: Any) -> bool:
        return info.context.viewer.may_as_provider(self.permission, source.provider_division_id)

    @classmethod
    def passes_all(cls, viewer: Viewer) -> bool:
        return viewer.scope(cls.permission) is Scope.ALL


class Guard(PermissionExtension):
    """Asks the permission classes before the resolver runs; the first refusal of a field is its error."""

    def __init__(self, permission_class: type[Granted]) -> None:
        super().__init__([permission_class()], use_directives=False)
        self.permission_class = permission_class

    def passes_all(self, context: GuardedContext) -> bool:
        """Whether the viewer's role alone lets every object pass, which need not be asked again for each."""
        return self.permission_class.passes_all(context.viewer)

    def resolve(self, next_: Callable[..., Any], source: Any, info: Info[GuardedContext, Any], **kwargs: Any) -> Any:
        if self._granted(source, info, kwargs):
            return next_(source, info, **kwargs)
        return self._refuse(info)

    async def resolve_async(
        self, next_: Callable[..., Awaitable[Any]], source: Any, info: Info[GuardedContext, Any], **kwargs: Any
    ) -> Any:
        if self._granted(source, info, kwargs):
            return await next_(source, info, **kwargs)
        if info.operation.operation is OperationType.MUTATION and info.path.prev is None:
            await info.context.refuse(info.python_name)
        return self._refuse(info)

    def _granted(self, source: Any, info: Info[GuardedContext, Any], kwargs: dict[str, Any]) -> bool:
        return all(permission.has_permission(source, info, **kwargs) for permission in self.permissions)

    def _refuse(self, info: Info[GuardedContext, Any]) -> None:
        field = tuple(key for key in info.path.as_list() if isinstance(key, str))
        if field in info.context.refused_fields:
            return
        info.context.refused_fields.add(field)
        raise Forbidden(Granted.message)


def requires(permission: Permission) -> Guard:
    """A guard for a field that needs a permission of the viewer's role."""
    return Guard(type(f"Granted_{permission}", (Granted,), {"permission": permission}))


def requires_as_provider(permission: Permission) -> Guard:
    """A guard for a field of something that one division provides."""
    return Guard(type(f"GrantedToProvider_{permission}", (GrantedToProvider,), {"permission": permission}))
