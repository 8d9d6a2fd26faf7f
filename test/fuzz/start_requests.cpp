#include "app/berth-worker/content/plan.hpp"
#include "core/record_json.hpp"
#include "grpc_gateway/convert/adjustments.hpp"
#include "grpc_gateway/convert/content_session.hpp"
#include "grpc_gateway/convert/workspace_spec.hpp"
#include "model/ids.hpp"
#include "test/fuzz/targets.hpp"

#include <google/protobuf/io/tokenizer.h>
#include <google/protobuf/stubs/logging.h>
#include <google/protobuf/text_format.h>

#include <cstdio>
#include <string>

namespace berth::fuzz {

namespace {

class silence : public google::protobuf::io::ErrorCollector {
public:
  void AddError(int, google::protobuf::io::ColumnNumber,
                const std::string&) override {}
};

/// As text, else as bytes of the wire. Either way it has come over the wire in
/// the end, which lets no string pass that is not UTF-8.
template <class Message>
bool read_message(std::string_view input, Message& into) {
  auto text = std::string{input};
  auto parser = google::protobuf::TextFormat::Parser{};
  auto quiet = silence{};
  parser.RecordErrorsTo(&quiet);
  parser.SetRecursionLimit(100);
  auto written = Message{};
  return into.ParseFromString(parser.ParseFromString(text, &written)
                                ? written.SerializeAsString()
                                : text);
}

void hush_protobuf() {
  google::protobuf::SetLogHandler(nullptr);
}

settings some_settings() {
  auto all = settings{};
  all.classes["default"] = workspace_class{.id = "default"};
  all.content.allow_file_urls = true;
  return all;
}

/// The worker that fills a content checks what it is told all over again, and
/// by then the start was accepted.
void must_suit_worker(const std::string& initializer,
                      const initializer_secrets& secrets) {
  auto job = initialize_job{};
  job.initializer = initializer;
  job.secrets = secrets;
  job.allow_file_urls = true;
  auto plan = worker::make_plan(job);
  if (!plan)
    std::fprintf(stderr, "%s\n", describe(plan.error()).c_str());
  require(plan.engaged(), "a worker takes what a gateway took");
}

void must_be_within_limits(const workspace_spec& spec) {
  require(is_valid_id(spec.id) && is_valid_id(spec.owner)
            && is_valid_id(spec.meta_id),
          "names are ids");
  require(spec.ports.size() <= 100 && spec.env.size() <= 256
            && spec.sys_env.size() <= 256 && spec.ssh_keys.size() <= 100,
          "lists are short");
  for (const auto& var : spec.env)
    require(!var.name.empty()
              && var.name.find_first_of(std::string_view{"=\0", 2})
                   == var.name.npos,
            "a variable has a name");
  for (const auto& port : spec.ports)
    require(port.number > 0 && port.number <= 65535, "a port is one");
}

void try_start(const settings& all, std::string_view input) {
  auto request = wsman::StartWorkspaceRequest{};
  if (!read_message(input, request))
    return;
  auto order = gateway::to_start_order(request, all);
  if (!order)
    return;
  must_be_within_limits(order->spec);
  must_suit_worker(order->spec.initializer, order->secrets);
  auto record = workspace_record{};
  record.spec = order->spec;
  require(record_from_json(to_json(record)).engaged(),
          "what was accepted can be stored");
}

void try_init(const settings& all, std::string_view input) {
  auto request = wsdaemon::InitWorkspaceRequest{};
  if (!read_message(input, request))
    return;
  if (auto order = gateway::to_init_session(request, all))
    must_suit_worker(order->fill.initializer, order->fill.secrets);
}

template <class Request>
void try_adjustment(std::string_view input) {
  auto request = Request{};
  if (read_message(input, request))
    (void)gateway::to_adjustment(request);
}

/// The first byte says of which message the rest is.
void try_request(std::string_view input) {
  static const auto all = some_settings();
  if (input.empty())
    return;
  auto rest = input.substr(1);
  switch (input.front()) {
    case 'i': return try_init(all, rest);
    case 't': return try_adjustment<wsman::SetTimeoutRequest>(rest);
    case 'p': return try_adjustment<wsman::ControlPortRequest>(rest);
    case 'a': return try_adjustment<wsman::ControlAdmissionRequest>(rest);
    case 'k': return try_adjustment<wsman::UpdateSSHKeyRequest>(rest);
    default: return try_start(all, input);
  }
}

} // namespace

const target start_requests{"start_requests", try_request, hush_protobuf};

} // namespace berth::fuzz
