#include "actors/iws/network_worker.hpp"

#include "actors/iws/helper_worker.hpp"
#include "actors/iws/target_worker.hpp"
#include "actors/one_job.hpp"
#include "core/iws/inner_network.hpp"
#include "sys/link.hpp"
#include "sys/network_control.hpp"

#include <cerrno>

namespace berth {

namespace {

constexpr auto nft_program = "/usr/sbin/nft";
constexpr auto gateway_link = "veth0";
constexpr auto outer_link = "eth0";      ///< of the container
constexpr auto inner_link_name = "eth0"; ///< of the namespace that is joined

/// Two network namespaces, and a socket in each.
struct both_ends {
  const sys::pinned_process& container;
  const sys::pinned_process& target;
  sys::netlink outer;
  sys::netlink inner;
};

result<void> apply_rules(const std::filesystem::path& helper,
                         const sys::pinned_process& container,
                         std::string rules) {
  return helper_call{"netns"}
    .option("--netns-fd", container.net_ns)
    .word("--")
    .word(nft_program)
    .option("-f", std::string{"-"})
    .input(std::move(rules))
    .run(helper);
}

bool is_there(sys::netlink& socket, const char* name) {
  return static_cast<bool>(sys::find_link(socket, name));
}

/// Whether the two are a pair of ours already; an error if they cannot become
/// one.
result<bool> is_joined(both_ends& ends) {
  if (sys::is_veth_pair(ends.outer, gateway_link, ends.inner, inner_link_name))
    return true;
  if (is_there(ends.outer, gateway_link))
    return make_error(ec::already_exists,
                      "another namespace of this container is joined");
  if (is_there(ends.inner, inner_link_name))
    return make_error(ec::failed_precondition,
                      "the namespace has an eth0 of its own");
  auto has_route = sys::has_default_route(ends.inner);
  if (!has_route)
    return has_route.error();
  if (*has_route)
    return make_error(ec::failed_precondition,
                      "the namespace has a default route of its own");
  return false;
}

result<void> forbid_ipv6(const sys::fd& netns) {
  for (auto name :
       {"ipv6/conf/all/disable_ipv6", "ipv6/conf/default/disable_ipv6"}) {
    auto set = sys::set_network_control(netns, name, "1");
    if (!set && !is_errno(set.error(), ENOENT)) // a kernel without IPv6
      return set;
  }
  return {};
}

/// Every step may have been made before.
result<void> configure_both(const std::filesystem::path& helper,
                            both_ends& ends, const inner_subnet& subnet) {
  auto eth0 = sys::find_link(ends.outer, outer_link);
  if (!eth0)
    return make_error(ec::failed_precondition, "the container has no eth0");
  if (auto set = forbid_ipv6(ends.target.net_ns); !set)
    return set;
  auto spec = sys::veth_spec{};
  spec.host_link = gateway_link;
  spec.gateway = subnet.gateway;
  spec.address = subnet.address;
  spec.prefix = subnet.bits;
  spec.mtu = eth0->mtu;
  if (auto joined = sys::connect_veth(ends.outer, spec, ends.target.net_ns);
      !joined)
    return joined;
  if (auto ruled = apply_rules(helper, ends.container, inner_rules(subnet));
      !ruled)
    return ruled;
  return sys::set_network_control(ends.container.net_ns, "ipv4/ip_forward",
                                  "1");
}

void undo(const std::filesystem::path& helper, both_ends& ends) {
  (void)sys::remove_link(ends.outer, gateway_link);
  (void)apply_rules(helper, ends.container, std::string{without_inner_rules});
}

result<both_ends> open_both(const sys::pinned_process& container,
                            const sys::pinned_process& target) {
  auto outer = sys::netlink::open_in(container.net_ns);
  if (!outer)
    return outer.error();
  auto inner = sys::netlink::open_in(target.net_ns);
  if (!inner)
    return inner.error();
  return both_ends{container, target, std::move(*outer), std::move(*inner)};
}

result<void> join_inner(const std::filesystem::path& helper,
                        const join_network& what) {
  auto subnet = parse_inner_subnet(what.subnet);
  if (!subnet)
    return subnet.error();
  auto container = pin_container(what.container);
  if (!container)
    return container.error();
  if (auto alive = check_alive(what.target); !alive)
    return alive;
  const auto& target = *what.target.process;
  if (sys::is_same_namespace(target.net_ns, container->net_ns))
    return make_error(ec::permission_denied,
                      "the process has no network namespace of its own");
  auto ends = open_both(*container, target);
  if (!ends)
    return ends.error();
  auto was_joined = is_joined(*ends);
  if (!was_joined)
    return was_joined.error();
  auto configured = configure_both(helper, *ends, *subnet);
  auto alive = check_alive(what.target);
  if (configured && alive)
    return {};
  if (!*was_joined || !alive)
    undo(helper, *ends);
  return alive ? configured : alive;
}

} // namespace

iws_network_actor::behavior_type
iws_network_worker(iws_network_actor::pointer self,
                   std::filesystem::path helper) {
  return {
    [self, helper = std::move(helper)](const join_network& what) {
      return one_job(self, [&] { return join_inner(helper, what); });
    },
  };
}

} // namespace berth
