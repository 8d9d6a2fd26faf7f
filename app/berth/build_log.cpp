#include "app/berth/build_log.hpp"

#include <ostream>

namespace berth::cli {

grpc::Status copy_build_log(const connection& to,
                            const builder::LogsRequest& request,
                            std::ostream& out) {
  grpc::ClientContext context;
  auto stream = to.image_builder().Logs(&context, request);
  builder::LogsResponse piece;
  while (out && stream->Read(&piece))
    out << piece.content() << std::flush;
  if (!out)
    context.TryCancel();
  return stream->Finish();
}

} // namespace berth::cli
