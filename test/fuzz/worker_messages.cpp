#include "core/worker_job.hpp"
#include "test/fuzz/targets.hpp"

namespace berth::fuzz {

namespace {

void try_worker_message(std::string_view input) {
  if (auto job = job_from_json(input)) {
    auto text = to_json(*job);
    auto again = job_from_json(text);
    require(again && to_json(*again) == text, "a job survives being written");
  }
  if (auto message = message_from_json(input)) {
    auto text = to_json(*message);
    require(text.find('\n') == text.npos, "a message is one line");
    auto again = message_from_json(text);
    require(again && to_json(*again) == text,
            "a message survives being written");
  }
}

} // namespace

const target worker_messages{"worker_messages", try_worker_message};

} // namespace berth::fuzz
