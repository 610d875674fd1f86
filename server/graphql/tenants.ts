// Tenants: administrators make them, so that projects can belong to one.
import { get, type Step } from "postgraphile/grafast";
import { extendSchema, gql } from "postgraphile/utils";
import { callFunction, type FunctionRow } from "steward/graphql/mutation";
import { resourceOf } from "steward/graphql/resources";
import { limitIds } from "./input.ts";

export const TenantsPlugin = extendSchema((build) => {
  const tenants = resourceOf(build, "tenants");
  const { executor } = tenants;
  const tenant = { plans: { tenant: ($row: Step) => tenants.get({ id: get($row as Step<FunctionRow>, "result") }) } };
  return {
    typeDefs: gql`
      extend type Mutation {
        """Makes a tenant. For administrators."""
        createTenant(input: CreateTenantInput!): CreateTenantPayload
        """Adds users to a tenant, and so to its projects. For administrators."""
        addTenantMembers(input: AddTenantMembersInput!): AddTenantMembersPayload
        """Removes a user from a tenant, and from its projects unless they are in them for another reason. For administrators."""
        removeTenantMember(input: RemoveTenantMemberInput!): RemoveTenantMemberPayload
      }

      """What createTenant takes."""
      input CreateTenantInput {
        """1 to 200 characters, unique."""
        name: String!
        """At most 10,000."""
        userIds: [UUID!]
      }
      """What createTenant returns."""
      type CreateTenantPayload {
        """The tenant, as it is now."""
        tenant: Tenant
      }

      """What addTenantMembers takes."""
      input AddTenantMembersInput {
        """Which tenant."""
        tenantId: UUID!
        """At most 10,000."""
        userIds: [UUID!]!
      }
      """What addTenantMembers returns."""
      type AddTenantMembersPayload {
        """The tenant, as it is now."""
        tenant: Tenant
      }

      """What removeTenantMember takes."""
      input RemoveTenantMemberInput {
        """Which tenant."""
        tenantId: UUID!
        """Which user."""
        userId: UUID!
      }
      """What removeTenantMember returns."""
      type RemoveTenantMemberPayload {
        """The tenant, as it is now."""
        tenant: Tenant
      }
    `,
    objects: {
      Mutation: {
        plans: {
          createTenant: (_$root, { $input }) =>
            callFunction(executor, $input, {
              name: "app_public.create_tenant",
              values: ({ name, userIds }: { name: string; userIds?: string[] | null }) => [
                name,
                limitIds(userIds, "userIds"),
              ],
            }),
          addTenantMembers: (_$root, { $input }) =>
            callFunction(executor, $input, {
              name: "app_public.add_tenant_members",
              values: ({ tenantId, userIds }: { tenantId: string; userIds: string[] }) => [
                tenantId,
                limitIds(userIds, "userIds"),
              ],
            }),
          removeTenantMember: (_$root, { $input }) =>
            callFunction(executor, $input, {
              name: "app_public.remove_tenant_member",
              values: ({ tenantId, userId }: { tenantId: string; userId: string }) => [tenantId, userId],
            }),
        },
      },
      CreateTenantPayload: tenant,
      AddTenantMembersPayload: tenant,
      RemoveTenantMemberPayload: tenant,
    },
  };
}, "StewardTenantsPlugin");
