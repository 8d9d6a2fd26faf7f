#include "actors/ask.hpp"
#include "actors/resources/resources.hpp"
#include "core/log.hpp"

namespace berth {

using namespace std::chrono_literals;

namespace {

constexpr auto connections_nft_limit = 30s;

} // namespace

void resources_state::run_nft(std::vector<std::string> args, std::string input,
                              continuation then) {
  auto child = child_spec{};
  child.argv = {deps_.nft.native()};
  child.argv.insert(child.argv.end(), args.begin(), args.end());
  child.input = std::move(input);
  child.output_limit = size_t{4} << 20;
  child.deadline = connections_nft_limit;
  auto done = [then](const result<std::string>& out) {
    if (!out)
      log_warning("connections-not-limited", "", describe(out.error()));
    if (then)
      then(out);
  };
  ask_actor(self_, deps_.process, 2 * connections_nft_limit,
            run_child{std::move(child)})
    .then(
      [done](const child_exit& end) {
        done(end.code == 0 ? result<std::string>{end.out}
                           : make_error(ec::internal, "nft: " + end.err));
      },
      [done](const caf::error& err) { done(err); });
}

/// Another berthd may have left limits of workspaces that are gone, whose links
/// others have by now.
void resources_state::forget_former_connections() {
  auto begin = [this](const result<std::string>&) {
    may_limit_ = true;
    for (const auto& [id, it] : watched_)
      limit_connections_of(it);
  };
  run_nft({"list", "table", "inet", "berth"}, "",
          [this, begin](const result<std::string>& listing) {
            auto script = listing ? unlimit_all_connections(key_, *listing)
                                  : std::string{};
            if (script.empty())
              return begin(listing);
            run_nft({"-f", "-"}, std::move(script), begin);
          });
}

void resources_state::limit_connections_of(const watched& it) {
  if (!it.connections)
    return;
  run_nft({"-f", "-"}, limit_connections(key_, it.link, *it.connections),
          [metrics = deps_.metrics](const result<std::string>& done) {
            metrics->activated("connections", done.engaged());
          });
}

void resources_state::count_drops() {
  run_nft({"list", "counters", "table", "inet", "berth"}, "",
          [this](const result<std::string>& listing) {
            auto drops = connection_drops_in(key_, listing ? *listing : "");
            for (const auto& [id, it] : watched_)
              if (auto found = drops.find(it.link); found != drops.end())
                deps_.metrics->connections_dropped(id, found->second.packets,
                                                   found->second.bytes);
          });
}

} // namespace berth
