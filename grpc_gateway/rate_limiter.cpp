#include "grpc_gateway/rate_limiter.hpp"

#include "core/token_bucket.hpp"

namespace berth::gateway {

namespace {

using clock = rate_limiter::clock;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

/// Appends the text of a field that may stand in a key.
bool append_leaf(const Message& message, const FieldDescriptor& field,
                 std::string& key) {
  const auto& read = *message.GetReflection();
  if (field.is_repeated())
    return false;
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_STRING:
      key += read.GetString(message, &field);
      return true;
    case FieldDescriptor::CPPTYPE_ENUM:
      key += std::to_string(read.GetEnumValue(message, &field));
      return true;
    case FieldDescriptor::CPPTYPE_BOOL:
      key += read.GetBool(message, &field) ? 't' : 'f';
      return true;
    default: return false;
  }
}

bool append_path(const Message& root, const std::string& path,
                 std::string& key) {
  const auto* message = &root;
  auto rest = std::string_view{path};
  for (;;) {
    auto dot = rest.find('.');
    auto name = std::string{rest.substr(0, dot)};
    const auto* field = message->GetDescriptor()->FindFieldByName(name);
    if (field == nullptr)
      return false;
    if (dot == std::string_view::npos)
      return append_leaf(*message, *field, key);
    if (field->is_repeated()
        || field->cpp_type() != FieldDescriptor::CPPTYPE_MESSAGE)
      return false;
    message = &message->GetReflection()->GetMessage(*message, field);
    rest.remove_prefix(dot + 1);
  }
}

} // namespace

result<std::string> rate_key(const Message& message,
                             const std::vector<std::string>& paths) {
  auto key = std::string{};
  for (const auto& path : paths) {
    key += '|';
    if (!append_path(message, path, key))
      return make_error(ec::internal,
                        "rate limit key " + path + " is no usable field");
  }
  return key;
}

/// The buckets of one method: one, or one for each of the latest keys.
class rate_limiter::method_limits {
public:
  explicit method_limits(const rate_limit& limit)
    : limit_(limit), common_(limit, clock::now().time_since_epoch()) {}

  result<clock::duration> take(const Message& request, clock::time_point now,
                               clock::duration patience) {
    if (limit_.key.empty() || limit_.key_cache == 0) {
      auto lock = std::lock_guard{mutex_};
      return common_.take(limit_, now.time_since_epoch(), patience);
    }
    auto key = rate_key(request, limit_.key);
    if (!key)
      return std::move(key.error());
    auto lock = std::lock_guard{mutex_};
    return bucket_of(*key, now).take(limit_, now.time_since_epoch(), patience);
  }

private:
  using entry = std::pair<std::string, token_bucket>;

  token_bucket& bucket_of(const std::string& key, clock::time_point now) {
    if (auto known = by_key_.find(key); known != by_key_.end()) {
      recent_.splice(recent_.begin(), recent_, known->second);
      return recent_.front().second;
    }
    if (recent_.size() >= limit_.key_cache) {
      by_key_.erase(recent_.back().first);
      recent_.pop_back();
    }
    recent_.emplace_front(key, token_bucket{limit_, now.time_since_epoch()});
    by_key_.emplace(key, recent_.begin());
    return recent_.front().second;
  }

  const rate_limit limit_;
  std::mutex mutex_;
  token_bucket common_;
  std::list<entry> recent_; ///< most recently used first
  std::unordered_map<std::string, std::list<entry>::iterator> by_key_;
};

rate_limiter::rate_limiter(const std::map<std::string, rate_limit>& limits) {
  for (const auto& [method, limit] : limits)
    methods_.emplace(method, std::make_unique<method_limits>(limit));
}

rate_limiter::~rate_limiter() = default;

result<clock::duration> rate_limiter::take(const std::string& method,
                                           const Message& request,
                                           clock::time_point now,
                                           clock::duration patience) {
  auto limited = methods_.find(method);
  if (limited == methods_.end())
    return clock::duration::zero();
  return limited->second->take(request, now, patience);
}

} // namespace berth::gateway
