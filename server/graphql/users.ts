// Users: who is asking, signing up, deleting.
import { context, get, type Step } from "postgraphile/grafast";
import { extendSchema, gql } from "postgraphile/utils";
import { callFunction } from "./mutation.ts";
import "./context.ts";

export const UsersPlugin = extendSchema((build) => {
  const { users } = build.pgResources;
  if (!users) throw new Error("app_public.users is not among the tables");
  const { executor } = users;
  return {
    typeDefs: gql`
      extend type Query {
        """The user who asks; null for a token that names none."""
        currentUser: User
      }

      input CreateUserInput {
        """1 to 100 characters, unique."""
        username: String!
        """Unique."""
        email: String
        """What others see; at most 200 characters."""
        displayName: String
      }
      type CreateUserPayload {
        """The new user. What follows is done by their run of the kind user_signup."""
        user: User
      }
      extend type Mutation {
        """Signs a user up. For administrators."""
        createUser(input: CreateUserInput!): CreateUserPayload
      }
    `,
    objects: {
      Query: {
        plans: {
          currentUser() {
            return users.get({ id: get(context().get("identity"), "userId") });
          },
        },
      },
      Mutation: {
        plans: {
          createUser(_$root, { $input }) {
            return callFunction<CreateUserInput, { result: string }>(
              executor,
              $input as unknown as Step<CreateUserInput>,
              "create_user",
              ({ username, email, displayName }) => [username, email, displayName],
            );
          },
        },
      },
      CreateUserPayload: {
        plans: {
          user($row) {
            return users.get({ id: get($row as Step<{ result: string }>, "result") });
          },
        },
      },
    },
  };
}, "StewardUsersPlugin");

interface CreateUserInput {
  username: string;
  email?: string | null;
  displayName?: string | null;
}
