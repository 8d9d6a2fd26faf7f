#pragma once

#include <csignal>

namespace berth {

/// The signals the service is steered with, taken one by one by whoever waits.
class signal_watch {
public:
  enum what { reload, stop };

  /// Blocks them for this thread and all that it starts.
  static signal_watch block() {
    auto watch = signal_watch{};
    sigemptyset(&watch.set_);
    for (auto signal : {SIGHUP, SIGTERM, SIGINT})
      sigaddset(&watch.set_, signal);
    pthread_sigmask(SIG_BLOCK, &watch.set_, nullptr);
    // A client that goes away is an error of one call, not the end of us.
    std::signal(SIGPIPE, SIG_IGN);
    return watch;
  }

  what wait() const {
    auto signal = 0;
    while (sigwait(&set_, &signal) != 0) {
    }
    return signal == SIGHUP ? reload : stop;
  }

private:
  sigset_t set_{};
};

} // namespace berth
