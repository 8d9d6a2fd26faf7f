#include "core/network/ruleset.hpp"

#include "core/network/address_pool.hpp"

#include <sstream>

namespace berth {

namespace {

/// A chain with no hook does nothing but be there.
constexpr std::string_view mark = "forwarding_was_off";

/// Where no workspace goes unless it is a listed name server: "this" network,
/// private ones, carrier NAT, loopback, link-local with the metadata service,
/// protocol assignments, benchmarks, multicast and everything above.
constexpr std::string_view blocked
  = "0.0.0.0/8, 10.0.0.0/8, 100.64.0.0/10, 127.0.0.0/8, 169.254.0.0/16, "
    "172.16.0.0/12, 192.0.0.0/24, 192.168.0.0/16, 198.18.0.0/15, 224.0.0.0/3";

struct chain {
  std::string_view name;
  std::string_view hook;
};

constexpr chain chains[] = {
  {"arrive", "type filter hook prerouting priority -150; policy accept;"},
  {"input", "type filter hook input priority 0; policy accept;"},
  {"forward", "type filter hook forward priority 0; policy accept;"},
  {"leave", "type nat hook postrouting priority 100; policy accept;"},
  {"workers", "type filter hook output priority 0; policy accept;"},
};

struct set {
  std::string_view name;
  std::string_view type;
};

constexpr set sets[] = {
  {"blocked", "type ipv4_addr; flags interval;"},
  {"dns", "type ipv4_addr;"},
  {"flows", "type ipv4_addr; size 65536; flags dynamic;"},
};

/// The kernel's table of connections is one for all workspaces.
constexpr auto most_flows = 8192;

class script {
public:
  explicit script(std::string_view key) : key_(key) {}

  /// `statement OBJECT inet berth NAME_KEY rest`
  void line(std::string_view statement, std::string_view name,
            std::string_view rest = {}) {
    text_.append(statement).append(" inet berth ");
    text_.append(name).append("_").append(key_);
    if (!rest.empty())
      text_.append(" ").append(rest);
    text_ += '\n';
  }
  void raw(std::string_view statement) { text_.append(statement) += '\n'; }
  std::string take() { return std::move(text_); }

private:
  std::string key_;
  std::string text_;
};

void make_sets(script& nft, const ruleset_plan& plan) {
  for (const auto& it : sets) {
    nft.line("add set", it.name, "{ " + std::string{it.type} + " }");
    nft.line("flush set", it.name);
  }
  nft.line("add element", "blocked", "{ " + std::string{blocked} + " }");
  auto servers = std::string{};
  for (auto address : plan.dns)
    servers += (servers.empty() ? "" : ", ") + to_dotted(address);
  if (!servers.empty())
    nft.line("add element", "dns", "{ " + servers + " }");
}

void make_rules(script& nft, const ruleset_plan& plan) {
  auto from = "iifname \"" + plan.link_prefix + "*\" ";
  auto to = "oifname \"" + plan.link_prefix + "*\" ";
  auto any = "\"" + plan.any_link_prefix + "*\" ";
  auto is_dns = "meta l4proto { tcp, udp } th dport 53 ip daddr @dns_"
                + plan.key + " accept";
  auto rule = [&](std::string_view name, const std::string& text) {
    nft.line("add rule", name, text);
  };
  rule("arrive", from + "meta nfproto ipv6 drop");
  // Spoofed: the way back to the sender does not lead where it came from.
  rule("arrive", from + "fib saddr . iif oif missing drop");
  rule("arrive", from + "ct state new add @flows_" + plan.key
                   + " { ip saddr ct count over " + std::to_string(most_flows)
                   + " } counter drop");
  rule("input", from + "ct state established,related accept");
  rule("input", from + is_dns);
  rule("input", from + "counter drop");
  rule("forward", from + "oifname " + any + "counter drop");
  rule("forward", to + "ct state established,related accept");
  rule("forward", to + "counter drop");
  rule("forward", from + is_dns);
  rule("forward", from + "ip daddr @blocked_" + plan.key + " counter drop");
  rule("leave", from + "oifname != " + any + "masquerade");
}

std::string_view family_of(std::string_view address) {
  return address.find(':') == address.npos ? "ip" : "ip6";
}

void make_worker_rules(script& nft, const egress_plan& plan) {
  if ((plan.denied.empty() && plan.own_ports.empty()) || plan.uids == 0)
    return;
  auto rule
    = [&](const std::string& text) { nft.line("add rule", "workers", text); };
  auto to = [](std::string_view where) {
    return std::string{family_of(where)} + " daddr " + std::string{where};
  };
  rule("meta skuid != " + std::to_string(plan.first_uid) + "-"
       + std::to_string(plan.first_uid + (plan.uids - 1)) + " accept");
  for (const auto& server : plan.resolvers)
    rule("meta l4proto { tcp, udp } th dport 53 " + to(server) + " accept");
  for (auto port : plan.own_ports)
    rule("tcp dport " + std::to_string(port)
         + " fib daddr type local counter reject with tcp reset");
  for (const auto& [address, port] : plan.exceptions)
    rule("tcp dport " + std::to_string(port) + " " + to(address) + " accept");
  for (const auto& network : plan.denied)
    rule(to(network) + " counter reject with icmpx admin-prohibited");
}

} // namespace

std::string rules_of(const ruleset_plan& plan) {
  auto nft = script{plan.key};
  nft.raw("add table inet berth");
  if (plan.forwarding_was_off)
    nft.raw("add chain inet berth " + std::string{mark});
  for (const auto& it : chains) {
    nft.line("add chain", it.name, "{ " + std::string{it.hook} + " }");
    nft.line("flush chain", it.name);
  }
  make_sets(nft, plan);
  make_rules(nft, plan);
  make_worker_rules(nft, plan.workers);
  return nft.take();
}

std::string without_rules_of(std::string_view key) {
  auto nft = script{key};
  nft.raw("add table inet berth");
  // Adding what is there changes nothing; deleting what is not there would
  // be an error.
  for (const auto& it : chains) {
    nft.line("add chain", it.name, "{ " + std::string{it.hook} + " }");
    nft.line("flush chain", it.name);
    nft.line("delete chain", it.name);
  }
  for (const auto& it : sets) {
    nft.line("add set", it.name, "{ " + std::string{it.type} + " }");
    nft.line("delete set", it.name);
  }
  return nft.take();
}

table_state table_in(std::string_view listing) {
  auto found = table_state{};
  auto words = std::istringstream{std::string{listing}};
  auto before = std::string{};
  for (auto word = std::string{}; words >> word; before = word) {
    if (before != "chain")
      continue;
    if (word == mark)
      found.forwarding_was_off = true;
    else
      found.in_use = true;
  }
  return found;
}

} // namespace berth
