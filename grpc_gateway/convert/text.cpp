#include "grpc_gateway/convert/text.hpp"

#include "model/digit.hpp"

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>

#include <algorithm>

namespace berth::gateway {

namespace {

bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

} // namespace

bool is_line(std::string_view text, size_t max_bytes) {
  return text.size() <= max_bytes
         && std::none_of(text.begin(), text.end(),
                         [](unsigned char c) { return c < 0x20 || c == 0x7f; });
}

bool is_variable_name(std::string_view name) {
  return !name.empty() && is_letter(name.front())
         && std::all_of(name.begin(), name.end(),
                        [](char c) { return is_letter(c) || is_digit(c); });
}

bool serialize(const google::protobuf::MessageLite& message, std::string& out) {
  if (message.ByteSizeLong() > INT32_MAX)
    return false;
  auto stream = google::protobuf::io::StringOutputStream{&out};
  auto coded = google::protobuf::io::CodedOutputStream{&stream};
  coded.SetSerializationDeterministic(true);
  return message.SerializeToCodedStream(&coded);
}

} // namespace berth::gateway
