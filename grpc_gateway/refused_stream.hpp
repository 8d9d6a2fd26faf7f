#pragma once

#include "grpc_gateway/status.hpp"
#include "grpc_gateway/unary.hpp"

#include <grpcpp/grpcpp.h>

namespace berth::gateway {

/// A stream that ends before it begins.
template <class Reactor>
class refused_stream final : public Reactor {
public:
  using base = Reactor;
  explicit refused_stream(const grpc::Status& why) { this->Finish(why); }
  void OnDone() override { delete this; }
};

/// The stream that `open` makes. If it makes none, one that ends with `why`; if
/// it throws, one that ends as INTERNAL.
template <class Refused, class Open>
typename Refused::base* opened(Open open, const grpc::Status& why) {
  typename Refused::base* stream = nullptr;
  if (auto tried = contained([&] { stream = open(); }); !tried)
    return new Refused{to_status(tried.error())};
  return stream != nullptr ? stream : new Refused{why};
}

} // namespace berth::gateway
