// Users: who is asking, signing up, deleting.
import type { PgSelectSingleStep } from "postgraphile/@dataplan/pg";
import { context, get, lambda, type Step } from "postgraphile/grafast";
import { extendSchema, gql, wrapPlans } from "postgraphile/utils";
import { callFunction, type FunctionRow } from "steward/graphql/mutation";
import { resourceOf } from "steward/graphql/resources";

export const UsersPlugin = extendSchema((build) => {
  const users = resourceOf(build, "users");
  const runs = resourceOf(build, "runs");
  return {
    typeDefs: gql`
      extend type Query {
        """The user who asks; null for a token that names none."""
        currentUser: User
      }
      extend type Mutation {
        """Signs a user up. For administrators."""
        createUser(input: CreateUserInput!): CreateUserPayload
        """Deletes a user with all they own. For the user themself, and administrators."""
        deleteUser(input: DeleteUserInput!): DeleteUserPayload
      }

      """What createUser takes."""
      input CreateUserInput {
        """1 to 100 characters, unique."""
        username: String!
        """Unique."""
        email: String
        """What others see; at most 200 characters."""
        displayName: String
      }
      """What createUser returns."""
      type CreateUserPayload {
        """The new user. What follows is done by their run of the kind user_signup."""
        user: User
      }

      """What deleteUser takes."""
      input DeleteUserInput {
        """Which user."""
        id: UUID!
      }
      """What deleteUser returns."""
      type DeleteUserPayload {
        """Removes what the user owned, and shows how far that is."""
        run: Run
      }
    `,
    objects: {
      Query: {
        plans: {
          currentUser: () => users.get({ id: get(context().get("identity"), "readerId") }),
        },
      },
      Mutation: {
        plans: {
          createUser: (_$root, { $input }) =>
            callFunction(users.executor, $input, {
              name: "app_public.create_user",
              values: ({ username, email, displayName }: CreateUserInput) => [username, email, displayName],
            }),
          deleteUser: (_$root, { $input }) =>
            callFunction(users.executor, $input, {
              name: "app_public.delete_user",
              values: ({ id }: { id: string }) => [id],
            }),
        },
      },
      CreateUserPayload: {
        plans: { user: ($row: Step) => users.get({ id: get($row as Step<FunctionRow>, "result") }) },
      },
      DeleteUserPayload: { plans: { run: ($row: Step) => runs.get({ id: get($row as Step<FunctionRow>, "result") }) } },
    },
  };
}, "StewardUsersPlugin");

/** What a token names, where it could be an address. */
const addressOf = (text: string | undefined) =>
  text !== undefined && /^[^@\s\p{Cc}]+@[^@\s\p{Cc}]+$/u.test(text) ? text : null;

/**
 * A login leaves out an address that is taken. Its user sees the one that their token names all the same: otherwise anybody could find out
 * who is here, by naming their address in a token.
 */
export const OwnEmailPlugin = wrapPlans(
  {
    User: {
      email(plan, $user) {
        const $id = ($user as PgSelectSingleStep).get("id");
        return lambda([plan() as Step, $id, context().get("identity")] as const, ([email, id, identity]) =>
          id === identity.readerId ? (email ?? addressOf(identity.email)) : email,
        );
      },
    },
  },
  { name: "StewardOwnEmailPlugin" },
);

interface CreateUserInput {
  readonly username: string;
  readonly email?: string | null;
  readonly displayName?: string | null;
}
