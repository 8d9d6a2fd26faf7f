#include "grpc_gateway/status.hpp"

#include "core/public_text.hpp"

namespace berth::gateway {

namespace {

grpc::StatusCode to_code(ec code) {
  using grpc::StatusCode;
  switch (code) {
    case ec::none: return StatusCode::OK;
    case ec::invalid_argument: return StatusCode::INVALID_ARGUMENT;
    case ec::unauthenticated: return StatusCode::UNAUTHENTICATED;
    case ec::permission_denied: return StatusCode::PERMISSION_DENIED;
    case ec::not_found: return StatusCode::NOT_FOUND;
    case ec::already_exists: return StatusCode::ALREADY_EXISTS;
    case ec::failed_precondition: return StatusCode::FAILED_PRECONDITION;
    case ec::exhausted: return StatusCode::RESOURCE_EXHAUSTED;
    case ec::aborted: return StatusCode::ABORTED;
    case ec::cancelled: return StatusCode::CANCELLED;
    case ec::timeout: return StatusCode::DEADLINE_EXCEEDED;
    case ec::unavailable: return StatusCode::UNAVAILABLE;
    case ec::data_loss: return StatusCode::DATA_LOSS;
    case ec::unimplemented: return StatusCode::UNIMPLEMENTED;
    case ec::internal: return StatusCode::INTERNAL;
  }
  return StatusCode::INTERNAL;
}

} // namespace

grpc::Status to_status(const caf::error& err) {
  return err ? grpc::Status{to_code(code_of(err)), public_text(describe(err))}
             : grpc::Status::OK;
}

} // namespace berth::gateway
