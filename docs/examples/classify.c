/* Names what a text wants, by an exported intent model and TensorFlow's C library alone:
 *
 *   classify EXPORT INPUT OUTPUT TEXT
 *
 * EXPORT is a folder such as exports/intent/1; INPUT and OUTPUT are the names, with :0, that its
 * signature gives to `text` and to `labels` (saved_model_cli show --all --dir EXPORT tells them).
 * The library and its headers come with TensorFlow's Python package:
 *
 *   TF=$(python -c "import tensorflow as tf; print(tf.sysconfig.get_lib())")
 *   cc classify.c -I$TF/include -L$TF -l:libtensorflow_cc.so.2 -l:libtensorflow_framework.so.2 \
 *     -Wl,-rpath,$TF -o classify
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tensorflow/c/c_api.h"
#include "tensorflow/c/tf_tstring.h"

static void check(const TF_Status* status, const char* what) {
  if (TF_GetCode(status) == TF_OK) return;
  fprintf(stderr, "%s: %s\n", what, TF_Message(status));
  exit(1);
}

/* An output of the graph by its name, such as StatefulPartitionedCall:2. */
static TF_Output find(TF_Graph* graph, const char* name) {
  char operation[256];
  const char* colon = strrchr(name, ':');
  size_t length = colon ? (size_t)(colon - name) : strlen(name);
  snprintf(operation, sizeof operation, "%.*s", (int)length, name);
  TF_Output found = {TF_GraphOperationByName(graph, operation), colon ? atoi(colon + 1) : 0};
  if (found.oper == NULL) {
    fprintf(stderr, "%s: the graph has no such operation\n", operation);
    exit(1);
  }
  return found;
}

int main(int count, char** words) {
  if (count != 5) {
    fprintf(stderr, "usage: classify EXPORT INPUT OUTPUT TEXT\n");
    return 64;
  }
  TF_Status* status = TF_NewStatus();
  TF_Graph* graph = TF_NewGraph();
  TF_SessionOptions* options = TF_NewSessionOptions();
  const char* tags[] = {"serve"};
  TF_Session* session =
      TF_LoadSessionFromSavedModel(options, NULL, words[1], tags, 1, graph, NULL, status);
  check(status, words[1]);

  const int64_t shape[] = {1};
  TF_Tensor* text = TF_AllocateTensor(TF_STRING, shape, 1, sizeof(TF_TString));
  TF_TString* string = TF_TensorData(text);
  TF_StringInit(string);
  TF_StringCopy(string, words[4], strlen(words[4]));

  TF_Output input = find(graph, words[2]), output = find(graph, words[3]);
  TF_Tensor* labels = NULL;
  TF_SessionRun(session, NULL, &input, &text, 1, &output, &labels, 1, NULL, 0, NULL, status);
  check(status, "run");

  const TF_TString* best = TF_TensorData(labels); /* (1, labels), the likeliest first */
  printf("%.*s\n", (int)TF_StringGetSize(best), TF_StringGetDataPointer(best));

  TF_DeleteTensor(labels);
  TF_StringDealloc(string);
  TF_DeleteTensor(text);
  TF_CloseSession(session, status);
  TF_DeleteSession(session, status);
  TF_DeleteSessionOptions(options);
  TF_DeleteGraph(graph);
  TF_DeleteStatus(status);
  return 0;
}
