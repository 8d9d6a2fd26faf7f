#include "app/berth/commands.hpp"
#include "app/berth/follow.hpp"
#include "app/berth/table.hpp"
#include "app/berth/tar_source.hpp"
#include "app/berth/text.hpp"

#include <unistd.h>

#include <array>
#include <ostream>
#include <vector>

namespace berth::cli {

namespace {

constexpr size_t upload_chunk_bytes = 1 << 20;
constexpr auto redraw_interval = std::chrono::milliseconds{100};
constexpr std::array<std::string_view, 3> subverbs = {"import", "ls", "rm"};

/// How much of an archive is over there, on a terminal.
class upload_progress {
public:
  upload_progress(std::ostream& out, uint64_t total)
    : out_(::isatty(STDERR_FILENO) ? &out : nullptr), total_(total) {}

  void advance(size_t bytes) {
    sent_ += bytes;
    auto now = std::chrono::steady_clock::now();
    if (!out_ || now - drawn_ < redraw_interval)
      return;
    drawn_ = now;
    *out_ << "\r\033[K";
    if (total_ > 0)
      *out_ << progress_bar(
        static_cast<int>(std::min<uint64_t>(100, sent_ * 100 / total_)));
    *out_ << format_bytes(sent_) << std::flush;
  }

  void say(const char* text) {
    if (out_)
      *out_ << "\r\033[K" << text << std::flush;
  }

private:
  std::ostream* out_;
  uint64_t total_;
  uint64_t sent_ = 0;
  std::chrono::steady_clock::time_point drawn_;
};

using import_stream = grpc::ClientWriter<v1::ImportImageRequest>;

/// Sends the whole archive. An error of ours, or nothing; what the service
/// thinks of it is told when the stream is finished.
result<void> send_archive(import_stream& stream, const std::string& name,
                          tar_source& archive, upload_progress& progress) {
  v1::ImportImageRequest message;
  message.set_name(name);
  std::vector<char> chunk(upload_chunk_bytes);
  for (;;) {
    auto count = archive.read(chunk);
    if (!count)
      return count.error();
    message.set_chunk(chunk.data(), *count);
    if (*count == 0 && message.name().empty())
      return archive.finish();
    if (!stream.Write(message))
      return {};
    message.clear_name();
    progress.advance(*count);
  }
}

int import_image(session& run) {
  if (run.given.operands.size() != 3)
    return run.wrong_usage("expected import NAME PATH");
  auto* to = run.connect();
  if (!to)
    return exit_usage;
  auto archive = tar_source::open(run.given.operands[2]);
  if (!archive)
    return run.wrong_usage(describe(archive.error()));
  grpc::ClientContext context;
  v1::ImportImageResponse made;
  auto stream = to->node().ImportImage(&context, &made);
  upload_progress progress{run.err, archive->total()};
  auto sent = send_archive(*stream, run.given.operands[1], *archive, progress);
  if (sent) {
    progress.say("unpacking");
    stream->WritesDone();
  } else {
    context.TryCancel(); // half an archive must not become an image
  }
  auto status = stream->Finish();
  progress.say("");
  if (!sent)
    status = {grpc::StatusCode::CANCELLED, describe(sent.error())};
  if (!status.ok())
    return run.failed(status);
  if (run.is_json())
    run.out << to_json(made.image(), true) << '\n';
  else
    run.out << printable(made.image().name()) << "  "
            << printable(made.image().digest()) << "  "
            << format_bytes(made.image().bytes()) << '\n';
  return exit_ok;
}

int list_images(session& run) {
  if (run.given.operands.size() != 1)
    return run.wrong_usage("unexpected " + run.given.operands[1]);
  auto* to = run.connect();
  if (!to)
    return exit_usage;
  v1::ListImagesResponse found;
  auto status = call(to->node(), &v1::Node::Stub::ListImages,
                     v1::ListImagesRequest{}, found);
  if (!status.ok())
    return run.failed(status);
  if (run.is_json()) {
    run.out << to_json(found, true) << '\n';
    return exit_ok;
  }
  table rows{{{.title = "NAME", .least = 20},
              {.title = "DIGEST", .least = 19, .is_prefix = true},
              {.title = "SIZE"},
              {.title = "LAYERS", .optional = true},
              {.title = "CREATED", .optional = true}}};
  for (const auto& image : found.images())
    rows.add({image.name(), image.digest(), format_bytes(image.bytes()),
              std::to_string(image.layers()),
              format_time(image.created_unix_ns() / 1'000'000'000)});
  rows.print(run.out, output_width());
  return exit_ok;
}

int remove_image(session& run) {
  if (run.given.operands.size() != 2)
    return run.wrong_usage("expected rm NAME");
  auto* to = run.connect();
  if (!to)
    return exit_usage;
  v1::RemoveImageRequest request;
  v1::RemoveImageResponse removed;
  request.set_name(run.given.operands[1]);
  auto status
    = call(to->node(), &v1::Node::Stub::RemoveImage, request, removed);
  return status.ok() ? +exit_ok : run.failed(status);
}

int images(session& run) {
  if (run.given.operands.empty())
    return run.wrong_usage("expected import, ls or rm");
  const auto& verb = run.given.operands[0];
  if (verb == "import")
    return import_image(run);
  if (verb == "rm")
    return remove_image(run);
  if (verb == "ls")
    return list_images(run);
  return run.wrong_usage("no images " + verb);
}

} // namespace

const command images_command = {
  .name = "images",
  .operands = "import NAME PATH | ls | rm NAME",
  .summary = "manage the images of the node",
  .details
  = "import makes an image of PATH: a directory or a tarball (also .gz, .zst, "
    ".xz; - for stdin) of a root file system or of an OCI layout. rm forgets a "
    "name; running workspaces keep their layers. With --output json, ls prints "
    "berth.v1.ListImagesResponse.",
  .flags = {},
  .subverbs = subverbs,
  .run = images,
};

} // namespace berth::cli
