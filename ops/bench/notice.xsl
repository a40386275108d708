<?xml version="1.0" encoding="UTF-8"?>
<!-- What the mapping of formats.py does to a notice, for xsltproc: one line of JSON for each. The texts that formats.py makes need
     no escape of JSON, so there is none here; the mapping does not know that. -->
<xsl:stylesheet version="1.0" xmlns:xsl="http://www.w3.org/1999/XSL/Transform" xmlns:str="http://exslt.org/strings"
    extension-element-prefixes="str">
  <xsl:output method="text" encoding="UTF-8"/>
  <xsl:strip-space elements="*"/>

  <xsl:template name="time">
    <xsl:param name="text"/>
    <xsl:value-of select="concat(substring($text, 1, 4), '-', substring($text, 5, 2), '-', substring($text, 7, 2), 'T',
      substring($text, 9, 2), ':', substring($text, 11, 2), ':', substring($text, 13, 2), '+08:00')"/>
  </xsl:template>

  <xsl:template match="/NOTICES"><xsl:apply-templates select="NOTICE"/></xsl:template>

  <xsl:template match="NOTICE">
    <xsl:if test="string-length(normalize-space(DATA_KEY)) = 0 or string-length(normalize-space(NOTICE_NAME)) = 0 or
        string-length(normalize-space(TENDERER_NAME)) = 0">
      <xsl:message terminate="yes">a required field is empty</xsl:message>
    </xsl:if>
    <xsl:text>{"source":{"recordKey":"</xsl:text><xsl:value-of select="normalize-space(DATA_KEY)"/>
    <xsl:text>","recordedAt":"</xsl:text>
    <xsl:call-template name="time"><xsl:with-param name="text" select="DATA_TIMESTAMP"/></xsl:call-template>
    <xsl:text>"},"tenderProject":{"code":{"scheme":"CN-TENDER-PROJECT","value":"</xsl:text>
    <xsl:value-of select="normalize-space(TENDER_PROJECT_CODE)"/>
    <xsl:text>"}},"title":"</xsl:text><xsl:value-of select="normalize-space(NOTICE_NAME)"/>
    <xsl:text>","content":"</xsl:text><xsl:value-of select="normalize-space(NOTICE_CONTENT)"/>
    <xsl:text>","nature":"</xsl:text>
    <xsl:choose>
      <xsl:when test="NOTICE_NATURE = '1'">@NATURE_1@</xsl:when>
      <xsl:otherwise>@NATURE_2@</xsl:otherwise>
    </xsl:choose>
    <xsl:text>","bulletinType":"</xsl:text>
    <xsl:choose>
      <xsl:when test="BULLETIN_TYPE = '1'">@TYPE_1@</xsl:when>
      <xsl:otherwise>@TYPE_2@</xsl:otherwise>
    </xsl:choose>
    <xsl:text>","publishedAt":"</xsl:text>
    <xsl:call-template name="time"><xsl:with-param name="text" select="NOTICE_SEND_TIME"/></xsl:call-template>
    <xsl:text>","media":[</xsl:text>
    <xsl:for-each select="str:split(NOTICE_MEDIA, ';')">
      <xsl:if test="position() &gt; 1">,</xsl:if>
      <xsl:text>"</xsl:text><xsl:value-of select="."/><xsl:text>"</xsl:text>
    </xsl:for-each>
    <xsl:text>],"document":{"price":{"value":"</xsl:text><xsl:value-of select="normalize-space(DOC_PRICE)"/>
    <xsl:text>","currency":"CNY","receivedUnit":"元","kind":"total"}},"bid":{"deadline":"</xsl:text>
    <xsl:call-template name="time"><xsl:with-param name="text" select="BID_DOC_REFER_END_TIME"/></xsl:call-template>
    <xsl:text>"},"tenderer":{"name":"</xsl:text><xsl:value-of select="normalize-space(TENDERER_NAME)"/>
    <xsl:text>","address":"</xsl:text><xsl:value-of select="normalize-space(TENDERER_ADDRESS)"/>
    <xsl:text>","contact":{"person":"</xsl:text><xsl:value-of select="normalize-space(TENDERER_CONTACTOR)"/>
    <xsl:text>"}},"agency":{"name":"</xsl:text><xsl:value-of select="normalize-space(TENDER_AGENCY_NAME)"/>
    <xsl:text>","address":"</xsl:text><xsl:value-of select="normalize-space(TENDER_AGENCY_ADDRESS)"/>
    <xsl:text>"}}&#10;</xsl:text>
  </xsl:template>
</xsl:stylesheet>
