#include "app/berth/commands.hpp"
#include "app/berth/text.hpp"

#include <ostream>

namespace berth::cli {

namespace {

/// A registry that is tried again and again gets two minutes.
constexpr auto patient_deadline = std::chrono::minutes{3};

constexpr flag resolve_flags[] = {
  {"retry", 0, "", "ask a registry that is busy or away up to four times"},
  {"anonymous", 0, "", "show registries none of the node's credentials"},
};

int resolve(session& run) {
  if (run.given.operands.size() != 1)
    return run.wrong_usage("expected one REF");
  auto* to = run.connect();
  if (!to)
    return exit_usage;
  builder::ResolveBaseImageRequest request;
  request.set_ref(run.given.operands[0]);
  request.mutable_auth()->mutable_total()->set_allow_all(
    !run.given.has("anonymous"));
  request.set_use_retry_client(run.given.has("retry"));
  builder::ResolveBaseImageResponse found;
  auto status
    = call(to->image_builder(), &builder::ImageBuilder::Stub::ResolveBaseImage,
           request, found, patient_deadline);
  if (!status.ok())
    return run.failed(status);
  run.out << (run.is_json() ? to_json(found, true) : printable(found.ref()))
          << '\n';
  return exit_ok;
}

} // namespace

const command resolve_command = {
  .name = "resolve",
  .operands = "REF [--retry] [--anonymous]",
  .summary = "ask an image's registry which digest a reference means",
  .details = "Prints the reference by digest, of the image for the node's kind "
             "of machine: it means the same for ever. With --output json: "
             "builder.ResolveBaseImageResponse.",
  .flags = resolve_flags,
  .subverbs = {},
  .run = resolve,
};

} // namespace berth::cli
