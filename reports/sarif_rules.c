/* sarif_rules.c - the catalogue of findings as rules of a SARIF log. */
#include "sarif.h"

#include "style.h"

#include <cjson/cJSON.h>
#include <string.h>

enum { TEXT_SIZE = 4096 };

cJSON *sarif_message(const char *text)
{
    cJSON *json = cJSON_CreateObject();
    cJSON_AddStringToObject(json, "text", text);
    return json;
}

static void make_sentence(const char *phrase, char *text)
{
    snprintf(text, TEXT_SIZE, "%s", phrase && phrase[0] ? phrase : "nothing");
    style_sentence(text, TEXT_SIZE);
}

static void add_sentence(cJSON *json, const char *key, const char *phrase)
{
    char text[TEXT_SIZE];
    make_sentence(phrase, text);
    cJSON_AddItemToObject(json, key, sarif_message(text));
}

static void add_help(cJSON *json, const char *meaning, const char *windows, const char *remedy)
{
    char first[TEXT_SIZE], second[TEXT_SIZE], third[TEXT_SIZE], text[4 * TEXT_SIZE];
    make_sentence(meaning, first);
    make_sentence(windows, second);
    make_sentence(remedy, third);
    snprintf(text, sizeof(text), "%s\n\nWhat Windows would say: %s\n\nHow to fix it: %s", first, second, third);
    cJSON *help = sarif_message(text);
    snprintf(text, sizeof(text), "%s\n\n**What Windows would say:** %s\n\n**How to fix it:** %s", first, second, third);
    cJSON_AddStringToObject(help, "markdown", text);
    cJSON_AddItemToObject(json, "help", help);
}

static void add_properties(cJSON *json)
{
    cJSON *properties = cJSON_AddObjectToObject(json, "properties");
    cJSON_AddStringToObject(properties, "precision", "very-high");
    cJSON_AddStringToObject(properties, "problem.severity", "error");
    cJSON *tags = cJSON_AddArrayToObject(properties, "tags");
    cJSON_AddItemToArray(tags, cJSON_CreateString("concurrency"));
    cJSON_AddItemToArray(tags, cJSON_CreateString("correctness"));
}

static cJSON *rule_json(const char *identifier, const char *meaning, const char *windows, const char *remedy)
{
    cJSON *json = cJSON_CreateObject();
    cJSON_AddStringToObject(json, "id", identifier);
    add_sentence(json, "shortDescription", meaning);
    add_sentence(json, "fullDescription", meaning);
    add_help(json, meaning, windows, remedy);
#ifdef REMLOCK_HOMEPAGE
    char address[TEXT_SIZE];
    snprintf(address, sizeof(address), "%s/docs/findings.md#%s", REMLOCK_HOMEPAGE, identifier);
    cJSON_AddStringToObject(json, "helpUri", address);
#endif
    cJSON *configuration = cJSON_AddObjectToObject(json, "defaultConfiguration");
    cJSON_AddStringToObject(configuration, "level", "error");
    add_properties(json);
    return json;
}

cJSON *sarif_rules(void)
{
    cJSON *rules = cJSON_CreateArray();
    for (const struct finding *finding = findings; finding->identifier; finding++) {
        cJSON_AddItemToArray(rules, rule_json(finding->identifier, finding->meaning, finding->windows, finding->remedy));
    }
    return rules;
}

int sarif_rule_index(struct sarif *sarif, const cJSON *finding)
{
    const char *identifier = document_text(finding, "finding");
    int index = 0;
    const cJSON *rule;
    cJSON_ArrayForEach(rule, sarif->rules)
    {
        if (strcmp(document_text(rule, "id"), identifier) == 0) {
            return index;
        }
        index++;
    }
    cJSON_AddItemToArray(sarif->rules, rule_json(identifier, document_text(finding, "meaning"),
                                                 document_text(finding, "windows"), document_text(finding, "remedy")));
    return index;
}
