#include "grpc_gateway/log_feed.hpp"

#include "actors/ask.hpp"
#include "core/log.hpp"

namespace berth::gateway {

void log_feed::heed(const record_ptr& record) {
  const auto& id = record->spec.id;
  auto known = open_.find(id);
  if (record->phase == phase::stopped) {
    if (known == open_.end())
      return;
    known->second->finish();
    open_.erase(known);
    return;
  }
  if (known != open_.end() || !record->spec.is_headless()
      || record->container.pid == 0)
    return;
  auto reader = make_reader(record);
  open_.emplace(id, reader);
  tell_actor(manager_,
             find_log{id, answer<log_path>{[reader](result<log_path> at) {
                        reader->start(std::move(at));
                      }}});
}

std::shared_ptr<log_reader> log_feed::make_reader(const record_ptr& record) {
  struct filters {
    utf8_filter out, err;
  };
  // A reader belongs to those who wait for it; what it calls must not own it.
  auto self = std::make_shared<std::weak_ptr<log_reader>>();
  auto to = log_reader::taker{};
  to.take = [record, self, take = take_, text = std::make_shared<filters>()](
              const std::vector<v1::LogsResponse>& pieces) {
    auto texts = std::vector<std::string>{};
    for (const auto& piece : pieces)
      texts.push_back(
        (piece.is_stderr() ? text->err : text->out).pass(piece.content()));
    take(record, std::move(texts), [reader = self->lock()] {
      if (reader)
        reader->read_on();
    });
  };
  to.end = [id = record->spec.id](const caf::error& why) {
    if (why)
      log_warning("log-not-followed", id, describe(why));
  };
  to.is_gone = is_gone_;
  auto reader = std::make_shared<log_reader>(system_, true, std::move(to));
  *self = reader;
  return reader;
}

} // namespace berth::gateway
