#include "app/berthd/config.hpp"
#include "app/berthd/node.hpp"
#include "app/berthd/signals.hpp"
#include "core/log.hpp"
#include "core/public_text.hpp"
#include "sys/process.hpp"

#include <sys/resource.h>

#include <cstdio>
#include <string>
#include <string_view>
#include <vector>

namespace {

using namespace berth;

constexpr auto usage = R"(usage: berthd [--config FILE]
       berthd --check-config [--config FILE]
       berthd --print-default-config
       berthd --version

Runs the node service until SIGTERM; running workspaces outlive it.
SIGHUP reads certificates and the log level anew.

Exit codes: 0 clean, 2 bad usage or configuration, 1 anything else.
)";

struct options {
  std::string config;
  bool check = false;
  bool print_default = false;
  bool version = false;
  bool help = false;
};

result<options> parse(const std::vector<std::string_view>& arguments) {
  auto out = options{};
  for (size_t i = 0; i < arguments.size(); ++i) {
    auto argument = arguments[i];
    if (argument == "--config" && i + 1 < arguments.size())
      out.config = arguments[++i];
    else if (argument.starts_with("--config="))
      out.config = argument.substr(std::string_view{"--config="}.size());
    else if (argument == "--check-config")
      out.check = true;
    else if (argument == "--print-default-config")
      out.print_default = true;
    else if (argument == "--version")
      out.version = true;
    else if (argument == "--help" || argument == "-h")
      out.help = true;
    else
      return make_error(ec::invalid_argument,
                        "unknown argument " + std::string{argument});
  }
  return out;
}

/// Every connection, pipe and stream takes a descriptor, and the usual soft
/// limit is that of programs which call select(2).
void raise_descriptor_limit() {
  auto limit = rlimit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) < 0)
    return;
  limit.rlim_cur = limit.rlim_max;
  if (::setrlimit(RLIMIT_NOFILE, &limit) < 0)
    log_warning("descriptor-limit-kept", "",
                std::to_string(limit.rlim_cur) + " refused");
}

int serve(settings loaded, const std::string& config_file) {
  raise_descriptor_limit();
  // Before the first thread: every thread shall inherit the mask.
  auto signals = signal_watch::block();
  keep_private(
    {loaded.node.state_dir, loaded.node.run_dir, loaded.storage.path});
  auto node = berth::node::start(std::move(loaded));
  if (!node) {
    log_error("start-failed", "", describe(node.error()));
    return 1;
  }
  while (signals.wait() == signal_watch::reload)
    (*node)->reload(config_file);
  (*node)->shut_down();
  return 0;
}

int run(const options& options) {
  // Tokens and passwords pass through us.
  if (auto forbidden = sys::forbid_core_dumps(); !forbidden) {
    std::fprintf(stderr, "berthd: %s\n", describe(forbidden.error()).c_str());
    return 1;
  }
  auto loaded = load_config(options.config);
  if (!loaded) {
    std::fprintf(stderr, "berthd: %s\n", describe(loaded.error()).c_str());
    return 2;
  }
  if (options.check) {
    std::puts("configuration is fine");
    return 0;
  }
  return serve(std::move(*loaded), options.config);
}

} // namespace

int main(int argc, char** argv) {
  auto options = parse({argv + 1, argv + argc});
  if (!options) {
    std::fprintf(stderr, "berthd: %s\n%s", describe(options.error()).c_str(),
                 usage);
    return 2;
  }
  if (options->help)
    return std::fputs(usage, stdout) < 0;
  if (options->version)
    return std::puts("berthd " BERTH_VERSION) < 0;
  if (options->print_default)
    return std::fputs(default_config().c_str(), stdout) < 0;
  return run(*options);
}
