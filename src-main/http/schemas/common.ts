import { Type, type Static } from 'typebox';

/** Body of every error (spec: ErrorResponse). */
export const ErrorResponse = Type.Object(
  { code: Type.String(), message: Type.String() },
  { $id: 'ErrorResponse', description: 'Every answer that is not 2xx.' },
);
export type ErrorResponse = Static<typeof ErrorResponse>;

/** RFC 3339 in UTC with milliseconds; a plain string here because answers are never re-parsed. */
export const Timestamp = Type.String({ format: 'date-time' });

export const StringMap = Type.Record(Type.String(), Type.String());

export const PaginationInfo = Type.Object(
  {
    page: Type.Integer({ minimum: 1 }),
    pageSize: Type.Integer({ minimum: 1 }),
    totalItems: Type.Integer({ minimum: 0 }),
    totalPages: Type.Integer({ minimum: 0 }),
    hasNextPage: Type.Boolean(),
  },
  { $id: 'PaginationInfo' },
);
export type PaginationInfo = Static<typeof PaginationInfo>;

/** Page, page size and repeated state filter, shared by both lists (CONTRACT.md 2.4). */
export const pageQuery = {
  page: Type.Optional(Type.Integer({ minimum: 1, default: 1 })),
  pageSize: Type.Optional(Type.Integer({ minimum: 1, maximum: 200, default: 20 })),
  state: Type.Optional(Type.Array(Type.String(), { description: 'Repeat for OR.' })),
};

/**
 * A success without body. Its handler sends undefined: a null would go out as the four letters of JSON, and clients
 * would read a body where the contract has none (CONTRACT.md 1.3).
 */
export const noBody = (description: string) => Type.Unsafe<undefined>({ type: 'null', description });
